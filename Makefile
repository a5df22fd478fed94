# make run   open the window where there is a display, else run the demo in the terminal
# make test  style, types, layers and all tests but the long ones
#
# TORCH_INDEX=URL takes PyTorch from another index, e.g. its CPU builds; PYTHON=... chooses the interpreter.

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
STAMP := $(VENV)/.installed
TORCH := torch==2.13.0
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
ARGS ?=

.PHONY: run test test-long bench soak venv lint qt clean
.DEFAULT_GOAL := run

run: $(STAMP) qt
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$(OS)" = Windows_NT ] || [ "$$(uname -s)" = Darwin ]; then \
		$(BIN)/rb-studio $(ARGS); \
	else \
		$(BIN)/rb-studio demo --headless $(ARGS); \
	fi

test: lint qt
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 $(ARGS)

test-long: $(STAMP) qt
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m long $(ARGS)

bench: $(STAMP) qt
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks $(ARGS)

soak: $(STAMP) qt
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks.soak $(or $(ARGS),60)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

venv: $(STAMP)

# The project itself is installed editable, so only these two files call for another installation.
$(STAMP): pyproject.toml packaging/constraints.txt
	@[ -n "$(PYTHON)" ] || { echo "rb-studio needs Python 3.11 or newer; install it and run make again." >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; install its venv module (python3-venv) and run make again." >&2; \
		exit 1; }
	@echo "Installing PyTorch and then the rest; this takes a few minutes the first time." >&2
	$(PIP) --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(PIP) -c packaging/constraints.txt -e '.[dev,cluster,browser,keyring]'
	@touch $@

qt: $(STAMP)
	@$(BIN)/python packaging/qt_libraries.py

clean:
	rm -rf $(VENV) build dist

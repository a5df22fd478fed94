"""Patches side by side: told by file and by what they do, not by where they were made."""

from rb_studio.analysis.patches import by_file, compare_patches

ONE = """diff --git a/src/a.py b/src/a.py
index 0b18e7dd..102b0cfd 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1114,7 +1114,7 @@ class DateTime(Field):
 before
-old
+new
--- a line of SQL that went
 after
"""
SHIFTED = ONE.replace("1114", "9").replace("0b18e7dd..102b0cfd", "1..2")
PLAIN = "--- a/src/b.py\t2026\n+++ b/src/b.py\t2026\n@@ -1 +1,2 @@\n x\n+y\n"
NEW_FILE = "diff --git a/c.py b/c.py\nnew file mode 100644\n--- /dev/null\n+++ b/c.py\n@@ -0,0 +1 @@\n+z\n"
GONE = "diff --git a/d.py b/d.py\ndeleted file mode 100644\n--- a/d.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n"


def test_hunks_stand_under_their_file_without_line_numbers() -> None:
    assert by_file(ONE + NEW_FILE + GONE) == {
        "src/a.py": "@@ class DateTime(Field):\n before\n-old\n+new\n--- a line of SQL that went\n after",
        "c.py": "@@\n+z",
        "d.py": "@@\n-z",
    }
    assert by_file(PLAIN) == {"src/b.py": "@@\n x\n+y"}
    assert by_file("") == {} == by_file("no patch at all\nreally")


def test_the_same_change_at_other_lines_is_the_same() -> None:
    (file,) = compare_patches([ONE, SHIFTED])
    assert file.same
    assert file.diff == ((),)


def test_what_differs_comes_first_and_is_shown_line_by_line() -> None:
    other = SHIFTED.replace("+new", "+newer")
    files = compare_patches([NEW_FILE + ONE, NEW_FILE + other, NEW_FILE])
    assert [(file.path, file.same) for file in files] == [("src/a.py", False), ("c.py", True)]
    assert files[0].hunks[2] is None
    second, third = files[0].diff
    assert [line for line in second if line[0] in "+-"] == ["-+new", "++newer"]
    assert all(line[0] in "-@" for line in third)


def test_no_patch_anywhere_is_nothing_to_compare() -> None:
    assert compare_patches([None, ""]) == ()

"""Things that answer: chat models and embedders behind two protocols."""

"""The analyst on top of a language model: prompts out, checked answers in. It knows neither services nor prices."""

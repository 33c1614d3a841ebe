"""The main job with keys alone: j k x a d Enter ? / Esc and Tab, the focus always somewhere one can see."""

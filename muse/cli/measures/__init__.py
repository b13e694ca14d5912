"""What `muse evaluate` measures: one file a kind of bundle, and what it draws for that."""

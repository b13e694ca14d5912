"""Works to ids and back. Decoding is total: any list of ids gives some valid work."""

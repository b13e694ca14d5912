"""Networks, one file each: no files, no training, a single device."""

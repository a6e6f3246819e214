"""What films and figures look like: palette and relief, as plain data, so neither loads the other's library."""

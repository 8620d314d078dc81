"""Public data sets into archives that an import takes: pictures and `attributes.csv`."""

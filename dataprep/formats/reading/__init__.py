"""From a record to its example: find its format, apply a column map, repair what is broken."""

"""The only rooms that know SQL: one file per area, all of it inside `database.transaction(name)`."""

"""From sessions that a person approved to one plain folder of Parquet. Writes files, sends nothing, alters no store."""

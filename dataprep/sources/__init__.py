"""From bytes to records: files, archives and folders, their encodings, containers and shards;
writing whole files.
"""

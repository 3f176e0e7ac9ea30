"""What is personal or secret in a text: where it stands, of which kind it is, and a placeholder in its place."""

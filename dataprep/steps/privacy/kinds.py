"""What is personal or secret in a text: where it stands, of which kind it is, and a placeholder in
its place.
"""

KINDS = (
    "private_key",
    "jwt",
    "api_key",
    "password",
    "email",
    "iban",
    "id_card",
    "business_code",
    "bank_card",
    "passport",
    "phone",
    "ip",
    "plate",
)
"""Where two claim the same characters, the one that stands first here has them."""

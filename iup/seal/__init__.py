"""Seal and unseal: bytes in, ciphertext out, and back. One module for each kind of seal.

`openpgp` is for those who have a key, `aespdf` and `page` for those who have a passphrase, and `symmetric` for what the
office keeps for itself. A seal sees bytes, never a view, and checks what it made before it hands it on. A wrong key
(`WrongKeyError`) and a broken file (`BrokenSealError`) are kept apart wherever the format can tell.

Doors: `aespdf`, `certificate`, `lock`, `openpgp`, `page`, `passphrase`, `reply`, `symmetric`.
"""

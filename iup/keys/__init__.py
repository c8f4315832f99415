"""The keys of the office: its key ring, the vault of passphrases, and which lock each recipient has.

In: the office's directory. Out: secrets in memory, and locks. Secrets are never printed, logged or given on a command
line.

Doors: `keyring`, `locks`, `new_office`, `vault`.
"""

"""What only the office does: replies, disclosure, subject access, retention and change of school. One room for each."""

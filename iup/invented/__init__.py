"""An invented municipality of any size, as the files that a real one would have: for trying and measuring the program.

The same number of pupils and the same seed give the same bytes. `people` says who there is, `writing` what stands in
their plans, `certificate` makes their OpenPGP keys, `municipality` puts it all into files. Names and sentences come
from `pool.yaml`. Nothing here reads the clock or the disk (but the pool), and no key here protects anything.
"""

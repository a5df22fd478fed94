"""What things are: plain frozen records that every other package may import.

No I/O and no dependency on another package of rb_studio.
"""

"""Files that people upload: where they are kept, and the bounded process that decodes them.

Kept small: the bounded process imports it first, each time that it starts.
"""

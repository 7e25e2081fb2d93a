"""The program of the bounded process: the only place where foreign pictures, sounds and films are decoded.

It is run anew for each file, takes away from itself what it does not need (`confinement`), reads one file, writes what
it made into one folder, and says there what that is. Nothing of what came in goes out but pixels and samples.
"""

"""Effect-size measures, one family of input a module; `families.py` lists them all."""

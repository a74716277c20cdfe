"""How a plan's forest plot looks: sorting, columns, lights, axis. No number of it depends on this.

A look belongs to the plan and can be changed at any time; page, files and report use the same.
"""

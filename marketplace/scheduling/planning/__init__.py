"""Planning without a database: an instance of wishes, slots, tables and people in; a plan, its bound and its verification out.

Words: a *slot* is a time a meeting may take; a *group* is the tables of one hall, of no hall, or the online rooms (inside a group
tables stand in for each other); an *option* is a slot, a group and an interpreter; a *plan* gives wishes their options.
The order of what is wanted: first that as many people as possible have a meeting at all, then the weight of the wishes served.
Imports are relative: the solving process runs this package alone and need not load the application around it.
Solving (`selecting`, `improving`, `repairing`, `solving`) imports OR-tools and belongs into a process of its own: `__main__`.
"""

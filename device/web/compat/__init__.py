"""Others' APIs, answered here: each vendor translates to the same store, search, taggers, people.

A request for a vendor goes past the guard to that vendor's own application, which finds out by the
vendor's rules who asks, and answers in the vendor's shape, errors included.
"""

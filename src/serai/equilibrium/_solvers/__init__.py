"""Solvers of systems of equations, one algorithm a file.

A solver is a small frozen object that holds its tolerances and has `solve(problem, start)`; a problem has
`residual(state)` and `jacobian(state)`, both with a leading axis of worlds. All return one `Solution`.
"""

"""Filters of the steerable pyramid with six orientations, as far as the IFC needs them.

A table of E. P. Simoncelli's: `sp5Filters` in matlabPyrTools, `sp5_filters` in pyrtools (both MIT licence). The pyramid
is E. P. Simoncelli and W. T. Freeman, "The steerable pyramid: a flexible architecture for multi-scale derivative
computation", ICIP 1995. The printed digits stand here as whole numbers of 1e-8. All are meant for correlation: nothing
is flipped; the published columns of the bands are read from top to bottom.
"""

import numpy as np

# Before the first level; its sum is 0.9992. Symmetric in both directions.
LO0 = (
    np.array(
        [
            [341614, -1551246, -3848215, -1551246, 341614],
            [-1551246, 5586982, 15925570, 5586982, -1551246],
            [-3848215, 15925570, 40304148, 15925570, -3848215],
            [-1551246, 5586982, 15925570, 5586982, -1551246],
            [341614, -1551246, -3848215, -1551246, 341614],
        ]
    )
    / 1e8
)
# From one level to the next, which keeps every second row and column; its sum is 2. Symmetric in both directions.
LO = (
    np.array(
        [
            [170808, -489834, -775624, -1888864, -1924108, -1888864, -775624, -489834, 170808],
            [-489834, -1046562, -1322234, 821200, 2005976, 821200, -1322234, -1046562, -489834],
            [-775624, -1322234, 2793492, 6554076, 7962786, 6554076, 2793492, -1322234, -775624],
            [-1888864, 821200, 6554076, 12852666, 16339236, 12852666, 6554076, 821200, -1888864],
            [-1924108, 2005976, 7962786, 16339236, 20193080, 16339236, 7962786, 2005976, -1924108],
            [-1888864, 821200, 6554076, 12852666, 16339236, 12852666, 6554076, 821200, -1888864],
            [-775624, -1322234, 2793492, 6554076, 7962786, 6554076, 2793492, -1322234, -775624],
            [-489834, -1046562, -1322234, 821200, 2005976, 821200, -1322234, -1046562, -489834],
            [170808, -489834, -775624, -1888864, -1924108, -1888864, -775624, -489834, 170808],
        ]
    )
    / 1e8
)
BAND_0 = (  # a derivative along the rows
    np.array(
        [
            [277643, -986904, -1021852, 0, 1021852, 986904, -277643],
            [496194, -893064, -3075356, 0, 3075356, 893064, -496194],
            [1026699, 1189859, -8226445, 0, 8226445, -1189859, -1026699],
            [1455399, 2755155, -11732297, 0, 11732297, -2755155, -1455399],
            [1026699, 1189859, -8226445, 0, 8226445, -1189859, -1026699],
            [496194, -893064, -3075356, 0, 3075356, 893064, -496194],
            [277643, -986904, -1021852, 0, 1021852, 986904, -277643],
        ]
    )
    / 1e8
)
BAND_3 = -BAND_0.T  # the same turned by 90 degrees: the printed digits agree to the last

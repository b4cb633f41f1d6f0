"""What many cases tell: rates with their doubt, and carriers compared without mistaking luck for quality.

Pure arithmetic on counts; where the counts come from is not known here.
"""

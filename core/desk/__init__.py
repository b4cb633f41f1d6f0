"""The desk: reads that cross rooms. The worklist, the register, the list of claims, a case's whole story."""

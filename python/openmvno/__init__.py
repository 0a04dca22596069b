"""OpenMVNO: billing and real-time charging for mobile virtual network operators."""

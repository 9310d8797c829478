"""Random models beside ONNX Runtime: chains of layers, and single operators in all attributes."""

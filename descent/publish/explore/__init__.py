"""The live page: runs that a browser computes with torch's own steps, captured as graphs and emitted as code."""



"""What learners import: the course's techniques as small, readable functions."""

from labs.harness.torchvision_operators import define_when_missing

define_when_missing()

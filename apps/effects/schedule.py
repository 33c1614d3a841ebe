"""What the sweeper does of this room when no message came through."""

from apps.effects import services
from apps.jobs import services as jobs

jobs.sweep_with("effects", services.sweep)

"""What every companion can do: the capabilities that exist, in the order in which they are told."""

from container_ci.capability import Equip
from container_ci.diagnosis.capability import Debugging, Security
from container_ci.discovery.capability import Services
from container_ci.logs.capability import Logs
from container_ci.monitoring import Monitoring
from container_ci.sizing.optimizing import Optimizing
from container_ci.sizing.scaling import Scaling

EQUIPMENT: tuple[Equip, ...] = (Monitoring, Services, Debugging, Optimizing, Logs, Security, Scaling)

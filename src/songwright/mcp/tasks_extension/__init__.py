"""Orders as tasks of the protocol, for clients that declare the Tasks extension. Nothing else knows of it."""

from songwright.mcp.tasks_extension.extension import McpTask, Tasks, TaskStatus, Work, declares_tasks
from songwright.mcp.tasks_extension.orders import OrderTasks

__all__ = ["McpTask", "OrderTasks", "TaskStatus", "Tasks", "Work", "declares_tasks"]

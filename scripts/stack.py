"""Names of the deployed stack, as the chart sets them."""

NAMESPACE = "todo-stack"
RELEASE = "todo"
LEASE = ("default", "todo-stack-loop")  # namespace and name; held by the one loop of a cluster
FIELD_MANAGER = "todo-stack"  # owns the fields that are applied
PART_OF = "app.kubernetes.io/part-of=todo-stack"
OF_RELEASE = f"app.kubernetes.io/name=todo-stack,app.kubernetes.io/instance={RELEASE}"
SECRET = "todo-secrets"
READS_SECRET = f"{RELEASE}-backend"  # the Deployment
DATABASE_CLAIM = "data-todo-postgres-0"
BACKUP_CLAIM = "todo-backup"
FRONTEND_NODE_PORT = 30300

import { type Kysely, sql } from 'kysely'

/** Times are milliseconds since the epoch; ids are UUIDs that sort by time; flags are 0 or 1. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT`,

  `CREATE TABLE team (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE person (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE membership (
    team_id TEXT NOT NULL REFERENCES team(id),
    person_id TEXT NOT NULL REFERENCES person(id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    PRIMARY KEY (team_id, person_id)
  ) STRICT`,
  `CREATE TABLE session (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person(id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE setup_token (
    hash TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    claimed_at INTEGER
  ) STRICT`,
  `CREATE TABLE token (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team(id),
    person_id TEXT REFERENCES person(id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT`,

  `CREATE TABLE project (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team(id),
    slug TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (team_id, slug)
  ) STRICT`,
  `CREATE TABLE environment (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project(id),
    slug TEXT NOT NULL,
    subnet TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, slug)
  ) STRICT`,
  `CREATE TABLE service (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project(id),
    slug TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    cache_epoch INTEGER NOT NULL DEFAULT 1
  ) STRICT`,
  `CREATE UNIQUE INDEX service_slug ON service (project_id, slug) WHERE deleted_at IS NULL`,

  /* A service as it stands in one environment: its branch, settings, address and what it should run. */
  `CREATE TABLE instance (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL REFERENCES service(id),
    environment_id TEXT NOT NULL REFERENCES environment(id),
    branch TEXT,
    host_label TEXT NOT NULL UNIQUE,
    next_number INTEGER NOT NULL DEFAULT 1,
    live_deployment_id TEXT REFERENCES deployment(id),
    stopped_at INTEGER,
    port INTEGER,
    health_path TEXT,
    health_timeout_s INTEGER,
    start_command TEXT,
    root_directory TEXT,
    replicas INTEGER NOT NULL DEFAULT 1,
    memory_bytes INTEGER,
    cpu_millis INTEGER,
    settings_version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    UNIQUE (service_id, environment_id)
  ) STRICT`,

  `CREATE TABLE deployment (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES instance(id),
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    step TEXT NOT NULL DEFAULT '',
    trigger TEXT NOT NULL CHECK (trigger IN ('push', 'redeploy', 'rebuild', 'restart', 'rollback')),
    commit_sha TEXT NOT NULL,
    commit_subject TEXT NOT NULL,
    commit_author TEXT NOT NULL,
    branch TEXT NOT NULL,
    no_cache INTEGER NOT NULL DEFAULT 0,
    from_deployment_id TEXT REFERENCES deployment(id),
    actor TEXT NOT NULL,
    image_id TEXT REFERENCES image(id),
    release_id TEXT REFERENCES release(id),
    moves_branch INTEGER NOT NULL DEFAULT 0,
    branch_moved_at INTEGER,
    code TEXT,
    why TEXT,
    hint TEXT,
    superseded_by INTEGER,
    cancel_requested_at INTEGER,
    created_at INTEGER NOT NULL,
    building_at INTEGER,
    built_at INTEGER,
    starting_at INTEGER,
    live_at INTEGER,
    ended_at INTEGER,
    UNIQUE (instance_id, number)
  ) STRICT`,
  `CREATE INDEX deployment_open ON deployment (instance_id)
    WHERE state IN ('queued', 'awaiting_approval', 'building', 'releasing', 'starting')`,

  `CREATE TABLE image (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL REFERENCES service(id),
    deployment_id TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    exposed_port INTEGER,
    builder TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
  ) STRICT`,
  `CREATE TABLE release (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES instance(id),
    image_id TEXT NOT NULL REFERENCES image(id),
    variables_sealed TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT`,

  `CREATE TABLE replica (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES instance(id),
    deployment_id TEXT NOT NULL REFERENCES deployment(id),
    ordinal INTEGER NOT NULL,
    wanted TEXT NOT NULL CHECK (wanted IN ('run', 'remove')),
    state TEXT NOT NULL,
    routed INTEGER NOT NULL DEFAULT 0,
    address TEXT,
    exit_code INTEGER,
    started_at INTEGER,
    healthy_at INTEGER,
    draining_at INTEGER,
    restart_count INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT`,
  `CREATE INDEX replica_present ON replica (instance_id) WHERE ended_at IS NULL`,
  `CREATE INDEX replica_deployment ON replica (deployment_id)`,
  `CREATE TABLE replica_exit (
    id TEXT PRIMARY KEY,
    deployment_id TEXT NOT NULL REFERENCES deployment(id),
    replica_id TEXT NOT NULL,
    exit_code INTEGER,
    out_of_memory INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX replica_exit_deployment ON replica_exit (deployment_id, at)`,
  /* An address is in use while free_after is null, and quarantined until then afterwards. */
  `CREATE TABLE address (
    address TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environment(id),
    replica_id TEXT NOT NULL,
    free_after INTEGER
  ) STRICT`,

  `CREATE TABLE variable (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES instance(id),
    name TEXT NOT NULL,
    value_sealed TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (instance_id, name)
  ) STRICT`,

  `CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    lease_owner TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, subject_id)
  ) STRICT`,
  `CREATE TABLE event (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX event_subject ON event (subject_id)`,
]

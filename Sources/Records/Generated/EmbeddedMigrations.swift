// Made from migrations/*.sql by `UPDATE=1 swift test --filter EmbeddedMigrationsTests`; do not edit.

enum EmbeddedMigrations {
    static let files: [(name: String, sql: String)] = [
        (
            "0001_audit_events",
            #"""
            -- The audit trail: one row per audit event (audit.k8s.io/v1) and stage.
            CREATE TABLE IF NOT EXISTS audit_events (
                id           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
                audit_id     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                stage        VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                requested_at DATETIME(6) NOT NULL,
                user_name    VARCHAR(253) NOT NULL,
                verb         VARCHAR(32) NOT NULL,
                api_group    VARCHAR(253) NOT NULL,
                resource     VARCHAR(253) NOT NULL,
                subresource  VARCHAR(63) NOT NULL,
                namespace    VARCHAR(63) NOT NULL,
                name         VARCHAR(253) NOT NULL,
                code         SMALLINT UNSIGNED NULL,
                event        LONGTEXT NOT NULL,
                -- Makes a batch that is sent again harmless.
                UNIQUE KEY audit_id_stage (audit_id, stage),
                -- Every query is newest first, so each filter's index ends with the id.
                KEY by_user (user_name, id),
                KEY by_object (resource, namespace, name, id),
                KEY by_namespace (namespace, id),
                KEY by_verb (verb, id),
                KEY by_code (code, id),
                KEY by_time (requested_at, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

            """#
        ),
        (
            "0002_users",
            #"""
            -- The sample user service; `user_password` holds a salted hash.
            CREATE TABLE IF NOT EXISTS users (
                user_id       INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                user_name     VARCHAR(255),
                user_email    VARCHAR(255),
                user_password VARCHAR(255)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

            """#
        ),
    ]
}

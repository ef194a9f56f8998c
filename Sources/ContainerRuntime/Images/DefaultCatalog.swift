extension ImageCatalog {
    /// The catalog that ships with the program. `${BIN}` is the directory of the `cafe` program.
    public static let standard = #"""
        - images: ["nginxdemos/nginx-hello:*", "nginxdemos/hello:*"]
          entrypoint: ["${BIN}/cafe", "nginx-hello"]
        - images: ["flask-api:*"]
          entrypoint: ["${BIN}/cafe", "users"]
        - images: ["mysql:*", "mariadb:*"]
          entrypoint: ["/bin/sh", "-c", "case \"$1\" in \#
        mysqld|mariadbd) shift; exec /bin/sh -c \"$SKIFF_MYSQL_START\" mysqld \"$@\";; \#
        -*) exec /bin/sh -c \"$SKIFF_MYSQL_START\" mysqld \"$@\";; \#
        *) exec \"$@\";; esac", "docker-entrypoint"]
          command: ["mysqld"]
          volumes: ["/var/lib/mysql"]
          programs: ["mariadbd", "mysqld", "mariadb", "mysql", "mariadb-admin", "mysqladmin", "mariadb-install-db", \#
        "my_print_defaults", "resolveip"]
          files: ["/usr/share/mysql*", "/usr/share/mariadb*", "/usr/lib/mysql*", "/usr/lib64/mariadb*"]
          environment:
            SKIFF_MYSQL_START: |
              set -eu
              data=${VOLUME_AT_VAR_LIB_MYSQL:-/var/lib/mysql}
              run=$(mktemp -d /tmp/mysqld.XXXXXX)
              user=$(id -un)
              if [ "$(id -u)" = 0 ] && id mysql >/dev/null 2>&1; then user=mysql; chown -R mysql: "$data" "$run"; fi
              cat > "$run/init.sql" <<END
              DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host NOT IN ('%', 'localhost'));
              FLUSH PRIVILEGES;
              CREATE USER IF NOT EXISTS 'root'@'%';
              CREATE USER IF NOT EXISTS 'root'@'localhost';
              END
              quoted=$(printf %s "${MYSQL_ROOT_PASSWORD:-}" | sed "s/[\\\\']/\\\\&/g")
              for host in % localhost; do
                echo "ALTER USER 'root'@'$host' IDENTIFIED BY '$quoted';"
                echo "GRANT ALL PRIVILEGES ON *.* TO 'root'@'$host' WITH GRANT OPTION;"
              done >> "$run/init.sql"
              if [ -n "${MYSQL_DATABASE:-}" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;" >> "$run/init.sql"; fi
              if [ -n "${MYSQL_USER:-}" ] && [ -n "${MYSQL_PASSWORD:-}" ]; then
                secret=$(printf %s "$MYSQL_PASSWORD" | sed "s/[\\\\']/\\\\&/g")
                echo "CREATE USER IF NOT EXISTS '$MYSQL_USER'@'%' IDENTIFIED BY '$secret';" >> "$run/init.sql"
                if [ -n "${MYSQL_DATABASE:-}" ]; then echo "GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';" >> "$run/init.sql"; fi
              fi
              chmod 600 "$run/init.sql"
              if [ "$user" = mysql ]; then chown mysql "$run/init.sql"; fi
              if [ ! -d "$data/mysql" ]; then
                echo "Initializing database files in $data"
                mariadb-install-db --no-defaults --user="$user" --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
              fi
              server=$(command -v mariadbd || command -v mysqld || echo /usr/sbin/mariadbd)
              exec "$server" --no-defaults --user="$user" --datadir="$data" --socket="$run/mysqld.sock" --pid-file="$run/mysqld.pid" \
                --bind-address="${POD_IP:-127.0.0.1}" --port=3306 --skip-name-resolve --skip-log-bin --performance-schema=off \
                --innodb-buffer-pool-size=16M --innodb-log-file-size=16M --init-file="$run/init.sql" "$@"
        - images: ["nginx:*"]
          entrypoint: ["${BIN}/cafe", "nginx-hello", "--port", "80"]
        - images: ["registry.k8s.io/pause:*"]
          entrypoint: ["/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 2147483647 & wait $!; done"]
        - images: ["busybox:*", "alpine:*"]
          command: ["/bin/sh"]
        - images: ["debian:*", "ubuntu:*"]
          command: ["/bin/bash"]
        - images: ["python:*"]
          command: ["python3"]
          files: ["/usr/lib/python3*", "/usr/lib64/python3*", "/usr/local/lib/python3*"]
        - images: ["curlimages/curl:*"]
          entrypoint: ["curl"]
        """#
}

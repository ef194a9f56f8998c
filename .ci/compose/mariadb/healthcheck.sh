#!/bin/sh
exec mariadb --socket=/run/mysqld/mysqld.sock -e 'SELECT 1'

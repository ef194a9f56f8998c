#!/usr/bin/env bash
# Writes ../Generated from the .proto files here. Needs protoc, and protoc-gen-swift (of swift-protobuf's version in
# Package.swift) in the folder given as the first argument. Services need nothing generated: who serves them is in
# EtcdFront, and who calls them in EtcdClient.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ../Generated/*.swift
protoc -I. --plugin="$1/protoc-gen-swift" --swift_out=../Generated --swift_opt=Visibility=Package *.proto
# Nobody edits these files, so nobody formats them.
for file in ../Generated/*.swift; do
    grep -q swift-format-ignore-file "$file" || sed -i '1i // swift-format-ignore-file' "$file"
done

#!/usr/bin/env bash
# Writes ../Generated from the .proto files here. Needs protoc, and protoc-gen-swift and protoc-gen-grpc-swift-2 (of
# the versions in Package.swift) in the folder given as the first argument.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ../Generated/*.swift
protoc -I. --plugin="$1/protoc-gen-swift" --plugin="$1/protoc-gen-grpc-swift-2" \
    --swift_out=../Generated --swift_opt=Visibility=Package \
    --grpc-swift-2_out=../Generated --grpc-swift-2_opt=Visibility=Package *.proto
# Files without a service need none.
grep -L '^import' ../Generated/*.grpc.swift | xargs -r rm
# Nobody edits these files, so nobody formats them.
for file in ../Generated/*.swift; do
    grep -q swift-format-ignore-file "$file" || sed -i '1i // swift-format-ignore-file' "$file"
done

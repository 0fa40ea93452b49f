#!/usr/bin/env bash
# Makes an Elasticsearch of its jars from Maven Central in a folder: make.sh FOLDER.
# They have no Painless and no delete by query, for which StandIns.java stands. Then
# pytest tests/contract -k opensearch --elasticsearch FOLDER runs the tests of OpenSearch on it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
version=$(sed -n 's|.*<v>\(.*\)</v>.*|\1|p' "$here/pom.xml")

mvn -q -B -f "$here/pom.xml" generate-sources -Dfolder="$folder"
mv "$folder/jars" "$folder/lib"
rm -rf "$folder/target"
mvn -q -B -f "$here/pom.xml" generate-sources -P http -Dfolder="$folder"

# Modules have what the server itself has not.
for name in transport-netty4 standins; do
    mkdir -p "$folder/modules/$name"
done
for jar in "$folder"/jars/*; do
    [[ -e $folder/lib/${jar##*/} ]] || mv "$jar" "$folder/modules/transport-netty4"
done
rm -rf "$folder/jars" "$folder/target"
describe() {
    printf '%s\n' "name=$1" "description=$1" "version=$version" "elasticsearch.version=$version" \
        java.version=17 "classname=$2" >"$folder/modules/$1/plugin-descriptor.properties"
}
describe transport-netty4 org.elasticsearch.transport.netty4.Netty4Plugin
describe standins standins.StandIns
javac -proc:none -cp "$folder/lib/*" -d "$folder/classes" "$here/StandIns.java"
jar cf "$folder/modules/standins/standins.jar" -C "$folder/classes" .
javac -proc:none -cp "$folder/lib/*" -d "$folder/starter" "$here/Elasticsearch.java"

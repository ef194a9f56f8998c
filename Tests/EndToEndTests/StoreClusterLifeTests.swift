import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Members as processes, cared for by Debian's etcdctl; sentences are those of Debian's etcd.
    @Suite(.serialized, .enabled(if: LoopbackStore.isPossible)) struct StoreClusterLifeTests {
        /// Three members that serve.
        private func founded(_ names: [String] = ["a", "b", "c", "d"]) throws -> LoopbackStore {
            let store = try LoopbackStore(names)
            for name in ["a", "b", "c"] { try store.start(name, cluster: store.cluster(of: ["a", "b", "c"])) }
            try wait("three members", seconds: 30) {
                try store.etcdctl("endpoint", "health", at: ["a", "b", "c"]).exitCode == 0
            }
            return store
        }

        private func expectRefusal(
            _ result: ProgramResult, _ sentence: String, at place: SourceLocation = #_sourceLocation
        ) {
            #expect(
                result.exitCode == 1 && result.errors.hasSuffix("Error: \(sentence)\n"), "\(result.errors.suffix(500))",
                sourceLocation: place)
        }

        @Test func membersComeAndGo() throws {
            let three = ["a", "b", "c"]
            let store = try founded()
            defer { store.remove() }
            try store.done("put", "k", "1", at: ["a"])
            for name in three { #expect(try store.done("get", "k", at: [name]) == ["k", "1"]) }
            try look(at: store)

            // A learner, and then a voter.
            let joining = ["member", "add", "d", "--learner", "--peer-urls=\(store.peerURL("d"))"]
            let added = try store.start(etcdctl: joining, at: three).result()
            #expect(added.exitCode == 0, "\(added.errors)")
            let words = added.output.split(separator: " ")
            try #require(words.count > 5)
            let learner = String(words[1])
            // etcdctl pads a short id with spaces.
            #expect(words.prefix(5) == ["Member", Substring(learner), "added", "to", "cluster"])
            let settings = added.output.split(separator: "\n").dropFirst().map(String.init)
            #expect(settings.first == "ETCD_NAME=\"d\"" && settings.last == "ETCD_INITIAL_CLUSTER_STATE=\"existing\"")
            expectRefusal(
                try store.etcdctl("member", "promote", learner, at: three),
                "etcdserver: can only promote a learner member which is in sync with leader")
            expectRefusal(
                try store.etcdctl("member", "add", "d", "--peer-urls=\(store.peerURL("d"))", at: three),
                "etcdserver: Peer URLs already exists")
            #expect(
                try store.done("member", "list", at: ["b"]).contains(
                    "\(learner), unstarted, , \(store.peerURL("d")), , true"))
            let cluster = try #require(settings.first { $0.hasPrefix("ETCD_INITIAL_CLUSTER=") }).split(separator: "\"")[
                1]
            try store.start("d", cluster: String(cluster), state: "existing")
            try askLearner(store, "d")
            try wait("the learner to catch up", seconds: 20) {
                try store.etcdctl("member", "promote", learner, at: three).exitCode == 0
            }
            expectRefusal(
                try store.etcdctl("member", "promote", learner, at: three),
                "etcdserver: can only promote a learner member")
            let listed = "\(learner), started, d, \(store.peerURL("d")), http://\(store.endpoint("d")), false"
            try wait("the new member's name", seconds: 10) {
                try store.etcdctl("member", "list", at: ["d"]).text.contains(listed)
            }
            #expect(try store.done("get", "k", at: ["d"]) == ["k", "1"])

            try moveLeader(store, to: learner)
            try update(store, learner)

            // One that goes ends by itself, and the others go on.
            try store.done("member", "remove", learner, at: three)
            expectRefusal(try store.etcdctl("member", "remove", learner, at: three), "etcdserver: member not found")
            expectRefusal(try store.etcdctl("member", "promote", learner, at: three), "etcdserver: member not found")
            try wait("the removed member to end", seconds: 20) { !store.isRunning("d") }
            #expect(try store.done("member", "list", at: three).count == 3)
            try replaceDead(store)
        }

        /// A learner answers what may be old, its status and a snapshot, and refuses the rest.
        private func askLearner(_ store: LoopbackStore, _ learner: String) throws {
            try wait("the learner to have the key", seconds: 20) {
                try store.etcdctl("get", "k", "--consistency=s", at: [learner]).text == "k\n1"
            }
            #expect(try store.statuses(of: [learner])[learner]?[5] == "true")
            let file = store.path("snapshot.db")
            try store.done("snapshot", "save", file, at: [learner])
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0 > 0)
            let refused = [
                "get k", "put k 2", "del k", "compact 2", "lease grant 60", "member list", "alarm list", "defrag",
                "watch k", "lock l true", "elect -l e", "user list",
            ]
            for command in refused {
                let words = command.split(separator: " ").map(String.init)
                let result = try store.start(etcdctl: words, at: [learner]).result(timeoutSeconds: 30)
                #expect(
                    (result.errors + result.output).contains("etcdserver: rpc not supported for learner"),
                    "\(command): \(result.exitCode) \(result.errors.suffix(500))")
            }
        }

        private func look(at store: LoopbackStore) throws {
            let status = try store.done("endpoint", "status", "--cluster", at: ["b"])
            #expect(status.count == 3 && status.count { $0.contains(", true, false, ") } == 1, "\(status)")
            let health = try store.start(etcdctl: ["endpoint", "health", "--cluster"], at: ["c"]).result()
            let said = (health.output + health.errors).split(separator: "\n")
            #expect(said.count { $0.contains(" is healthy: successfully committed proposal: took = ") } == 3)
            let hashes = try store.done("endpoint", "hashkv", "--cluster", at: ["a"])
            #expect(hashes.count == 3 && Set(hashes.map { $0.split(separator: " ").last }).count == 1, "\(hashes)")
        }

        private func moveLeader(_ store: LoopbackStore, to learner: String) throws {
            let all = ["a", "b", "c", "d"]
            let leader = try store.leader(of: all)
            let follower = try #require(all.first { $0 != leader && $0 != "d" })
            let refused = try store.etcdctl("move-leader", learner, at: [follower])
            #expect(refused.exitCode == 128)
            #expect(refused.errors == "Error: no leader endpoint given at [\(store.endpoint(follower))]\n")
            expectRefusal(try store.etcdctl("move-leader", "123", at: [leader]), "etcdserver: bad leader transferee")
            let old = try store.number(leader, at: all)
            #expect(
                try store.done("move-leader", learner, at: all) == ["Leadership transferred from \(old) to \(learner)"])
            try wait("the leader's move", seconds: 10) { try store.leader(of: all) == "d" }
        }

        /// A member listens for the others elsewhere, which they are told before.
        private func update(_ store: LoopbackStore, _ member: String) throws {
            let three = ["a", "b", "c"]
            expectRefusal(
                try store.etcdctl("member", "update", member, "--peer-urls=\(store.peerURL("a"))", at: three),
                "etcdserver: Peer URLs already exists")
            expectRefusal(
                try store.etcdctl(
                    "member", "update", "123", "--peer-urls=\(store.peerURL("d", port: 2381))", at: three),
                "etcdserver: member not found")
            let moved = store.peerURL("d", port: 2381)
            let updated = try store.done("member", "update", member, "--peer-urls=\(moved)", at: three).first ?? ""
            #expect(
                updated.split(separator: " ").prefix(5) == ["Member", Substring(member), "updated", "in", "cluster"])
            store.killHard("d")
            _ = try store.leader(of: three)
            try store.done("put", "while-away", "2", at: three)
            try store.start("d", cluster: store.cluster(of: three) + ",d=\(moved)", state: "existing", peerPort: 2381)
            try wait("the moved member to catch up", seconds: 20) {
                try store.etcdctl("get", "while-away", "--consistency=s", at: ["d"]).text == "while-away\n2"
            }
            #expect(try store.done("member", "list", at: ["d"]).contains { $0.contains(", d, \(moved), ") })
        }

        /// A member that is lost with its disk is removed, and another comes in its place.
        private func replaceDead(_ store: LoopbackStore) throws {
            let dead = try store.number("c", at: ["a", "b", "c"])
            store.killHard("c")
            try store.forget("c")
            _ = try store.leader(of: ["a", "b"])
            try store.done("member", "remove", dead, at: ["a", "b"])
            try store.done("member", "add", "c", "--peer-urls=\(store.peerURL("c"))", at: ["a", "b"])
            try store.start("c", cluster: store.cluster(of: ["a", "b", "c"]), state: "existing")
            try wait("the new member", seconds: 30) {
                try store.etcdctl("endpoint", "health", at: ["c"]).exitCode == 0
            }
            #expect(try store.number("c", at: ["c"]) != dead)
            // The two others alone are no majority of four, but are one of three.
            try wait("the new member's vote", seconds: 20) {
                try store.done("member", "list", at: ["a"]).count { $0.hasSuffix(", false") } == 3
            }
            try look(at: store)
        }

        /// Streams and what they hold go on at other members when the leader is gone.
        @Test func clientsOutliveTheLeader() throws {
            let three = ["a", "b", "c"]
            let store = try founded()
            defer { store.remove() }
            let lease = try #require(try store.done("lease", "grant", "4", at: three).first).split(separator: " ")[1]
            try store.done("put", "leased", "1", "--lease=\(lease)", at: three)
            let leader = try store.leader(of: three)
            let others = three.filter { $0 != leader }
            let order = [leader] + others
            let watch = try store.start(etcdctl: ["watch", "--prefix", "w/"], at: order)
            let keepAlive = try store.start(etcdctl: ["lease", "keep-alive", String(lease)], at: order)
            let first = try store.start(etcdctl: ["elect", "e", "first"], at: order)
            try wait("the first to win", seconds: 10) { first.output.contains("first") }
            let second = try store.start(etcdctl: ["elect", "e", "second"], at: order)
            let marks = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString.prefix(8))")
                .path
            defer { for mark in ["held", "end"] { try? FileManager.default.removeItem(atPath: "\(marks)-\(mark)") } }
            let hold = "touch \(marks)-held; while [ ! -e \(marks)-end ]; do sleep 0.1; done; echo released"
            let holder = try store.start(etcdctl: ["lock", "--", "l", "sh", "-c", hold], at: order)
            try wait("the lock", seconds: 10) { FileManager.default.fileExists(atPath: "\(marks)-held") }
            let waiter = try store.start(etcdctl: ["lock", "l", "echo", "taken"], at: order)
            // What is on its way when the leader dies may be lost, as with etcd; so they stand in line first.
            for line in ["e/", "l/"] {
                try wait("two in line", seconds: 10) {
                    try store.done("get", "--prefix", "--keys-only", line, at: order).count == 2
                }
            }
            try store.done("put", "w/1", "before", at: order)
            try wait("the watch", seconds: 10) { watch.output == "PUT\nw/1\nbefore\n" }

            store.killHard(leader)
            _ = try store.leader(of: others)
            try store.done("put", "w/2", "after", at: others)
            try wait("the watch to go on", seconds: 10) { watch.output.contains("w/2") }
            #expect(watch.output == "PUT\nw/1\nbefore\nPUT\nw/2\nafter\n", "without gap or repetition")
            let renewals = keepAlive.output.split(separator: "\n").count
            try wait("renewals after the death", seconds: 10) {
                keepAlive.output.split(separator: "\n").count >= renewals + 3
            }
            #expect(try store.done("get", "leased", at: others) == ["leased", "1"])
            #expect(first.isRunning && second.output.isEmpty && holder.isRunning && waiter.output.isEmpty)
            let listener = try store.start(etcdctl: ["elect", "-l", "e"], at: others)
            try wait("whoever is elected", seconds: 10) { listener.output.contains("first") }

            first.interrupt()
            try wait("the second to win", seconds: 15) { second.output.contains("second") }
            _ = FileManager.default.createFile(atPath: "\(marks)-end", contents: nil)
            #expect(try holder.result(timeoutSeconds: 15).text == "released")
            let taken = try waiter.result(timeoutSeconds: 15)
            #expect(taken.text == "taken", "\(taken.errors)")
            keepAlive.interrupt()
            try wait("the lease to end", seconds: 15) { try store.done("get", "leased", at: others).isEmpty }
        }

        /// One member with a small quota: writes until it is used up, and again when the history is gone.
        @Test func aQuotaIsUsedUpAndFreed() throws {
            let store = try LoopbackStore(["a"])
            defer { store.remove() }
            let quota = ["--quota-backend-bytes", "2000000"]
            func start() throws {
                try store.start("a", cluster: store.cluster(of: ["a"]), flags: quota)
                try wait("the member", seconds: 20) {
                    try store.etcdctl("endpoint", "status", at: ["a"]).exitCode == 0
                }
                _ = try store.leader(of: ["a"])
            }
            try start()
            let value = String(repeating: "x", count: 100_000)
            var count = 0
            var refused: ProgramResult?
            while refused == nil, count < 60 {
                let result = try store.etcdctl("put", "k", value, at: ["a"])
                if result.exitCode == 0 { count += 1 } else { refused = result }
            }
            let sentence = "etcdserver: mvcc: database space exceeded"
            expectRefusal(try #require(refused), sentence)
            #expect(count == 20, "twenty of 100 KB are more than the quota")
            let number = try #require(UInt64(try store.number("a", at: ["a"]), radix: 16))
            let alarm = ["memberID:\(number) alarm:NOSPACE "]
            #expect(try store.done("alarm", "list", at: ["a"]) == [alarm[0].trimmingCharacters(in: .whitespaces)])
            expectRefusal(
                try store.etcdctl("lease", "grant", "60", at: ["a"]), "failed to grant lease (\(sentence))")
            #expect(try store.done("get", "k", at: ["a"]).last?.count == value.count)
            #expect(try store.done("del", "k", at: ["a"]) == ["1"])
            expectRefusal(try store.etcdctl("put", "k", "small", at: ["a"]), sentence)
            // It is so after a start, too.
            store.killHard("a")
            try start()
            #expect(try store.done("alarm", "list", at: ["a"]) == [alarm[0].trimmingCharacters(in: .whitespaces)])
            expectRefusal(try store.etcdctl("put", "k", "small", at: ["a"]), sentence)
            try store.done("compact", "\(count + 2)", at: ["a"])
            try wait("the alarm to go", seconds: 10) { try store.done("alarm", "list", at: ["a"]).isEmpty }
            try store.done("put", "k", "small", at: ["a"])
            #expect(try store.done("get", "k", at: ["a"]) == ["k", "small"])
        }

        /// The leader's disk is a small one, which somebody else fills.
        @Test(.enabled(if: SmallDisk.isPossible)) func aFullDiskIsEverybodysAlarm() throws {
            let three = ["a", "b", "c"]
            let store = try founded()
            defer { store.remove() }
            let full = try store.leader(of: three)
            let others = three.filter { $0 != full }
            store.killHard(full)
            let disk = try SmallDisk(at: store.path(full), megabytes: 8)
            defer {
                store.killHard(full)
                disk.remove()
            }
            try store.start(full, cluster: store.cluster(of: three))
            try wait("the member on the small disk", seconds: 20) {
                try store.etcdctl("endpoint", "health", at: [full]).exitCode == 0
            }
            let number = try store.number(full, at: three)
            try wait("its lead", seconds: 20) {
                let leader = try store.leader(of: three)
                if leader != full { _ = try store.etcdctl("move-leader", number, at: [leader]) }
                return leader == full
            }
            try disk.fill()
            // Puts until there is no room; what was acknowledged before stays.
            let value = String(repeating: "x", count: 100_000)
            var count = 0
            var refused: ProgramResult?
            while refused == nil, count < 60 {
                let result = try store.etcdctl("put", "k\(count)", value, at: others)
                if result.exitCode == 0 { count += 1 } else { refused = result }
            }
            expectRefusal(try #require(refused), "etcdserver: mvcc: database space exceeded")
            let decimal = try #require(UInt64(number, radix: 16))
            let alarm = "memberID:\(decimal) alarm:NOSPACE "
            for name in three {
                try wait("the alarm at \(name)", seconds: 15) {
                    try store.etcdctl("alarm", "list", at: [name]).output == alarm + "\n"
                        && store.statuses(of: [name])[name]?.last == alarm.trimmingCharacters(in: .whitespaces)
                }
            }
            try wait("another leader", seconds: 15) { try store.leader(of: three) != full }
            #expect(try store.done("del", "k0", at: [full]) == ["1"])
            #expect(try store.done("get", "--prefix", "--keys-only", "k", at: [full]).count == count - 1)
            expectRefusal(
                try store.etcdctl("put", "k0", "again", at: others), "etcdserver: mvcc: database space exceeded")
            // Turned off by hand, the others go on without it.
            #expect(try store.done("alarm", "disarm", at: [full]) == [alarm.trimmingCharacters(in: .whitespaces)])
            try store.done("put", "k0", "without", at: others)
            try disk.clear()
            try wait("everybody to be the same", seconds: 30) {
                let hashes = try store.done("endpoint", "hashkv", at: three).map { $0.split(separator: " ").last }
                return Set(hashes).count == 1 && hashes.count == 3
            }
            #expect(try store.done("alarm", "list", at: [full]).isEmpty)
            #expect(try store.done("get", "k0", at: [full]) == ["k0", "without"])
        }
    }
}

import APIMachinery
import Testing

@testable import APIServer

/// The values inside the watch cache, event by event.
@Suite struct CacheCoresTests {
    private func object(_ key: String, _ revision: Int64, length: Int = 0) throws -> StoredObject {
        let data = String(repeating: "x", count: length)
        let stored = #"{"kind":"K","apiVersion":"v1","metadata":{"name":"n"},"data":"\#(data)"}"#
        return try #require(StoredObject(key: key, stored: Array(stored.utf8), revision: revision))
    }
    private func event(_ key: String, _ revision: Int64, length: Int = 0) throws -> CacheEvent {
        CacheEvent(kind: .added, object: try object(key, revision, length: length), previous: nil)
    }
    private func revisions(_ log: ChangeLog, _ cursor: inout ChangeLog.Cursor, limit: Int = 100) throws -> [Int64] {
        let (events, next) = try log.events(at: cursor, limit: limit, byteLimit: .max)
        cursor.sequence = next
        return events.map(\.revision)
    }

    // MARK: Change log

    @Test func eachCursorSeesWhatCameAfterIt() throws {
        var log = ChangeLog()
        log.begin(at: 10)
        var first = log.cursorAtEnd
        #expect(log.backlog(at: first) == 0)
        try log.append(event("a", 11))
        try log.append(event("b", 13))
        var second = try log.cursor(after: 11)
        var third = try log.cursor(after: 12)
        #expect(log.backlog(at: first) == 2)
        #expect(try revisions(log, &first, limit: 1) == [11])
        #expect(try revisions(log, &first) == [13])
        #expect(try revisions(log, &first) == [])
        #expect(try revisions(log, &second) == [13])
        #expect(try revisions(log, &third) == [13])
        #expect(try log.cursor(after: 99).sequence == log.cursorAtEnd.sequence)
    }

    @Test func whatIsForgottenIsToldAsTooOld() throws {
        var log = ChangeLog(eventLimit: 2, eventBytesLimit: 10_000)
        log.begin(at: 1)
        let slow = log.cursorAtEnd
        for revision in 2...5 { try log.append(event("a", Int64(revision))) }
        log.trim()
        #expect(log.completeAfter == 3)
        #expect { try log.events(at: slow, limit: 1, byteLimit: 1) } throws: { ($0 as? StatusError)?.code == 410 }
        #expect { try log.cursor(after: 2) } throws: { ($0 as? StatusError)?.code == 410 }
        var kept = try log.cursor(after: 3)
        #expect(try revisions(log, &kept) == [4, 5])
        // One large change leaves no room for others, and then none for itself.
        try log.append(event("big", 6, length: 20_000))
        log.trim()
        #expect(log.completeAfter == 6)
    }

    @Test func aNewBeginningVoidsAllCursors() throws {
        var log = ChangeLog()
        log.begin(at: 1)
        try log.append(event("a", 2))
        let cursor = log.cursorAtEnd
        log.begin(at: 7)
        #expect(log.eventCount == 1 && log.epoch == 2)
        #expect(log.backlog(at: cursor) == nil)
        #expect { try log.events(at: cursor, limit: 1, byteLimit: 1) } throws: { ($0 as? StatusError)?.code == 410 }
        #expect(log.backlog(at: log.cursorAtEnd) == 0)
    }

    @Test func aFinishedLogTellsEveryCursorSo() throws {
        var log = ChangeLog()
        log.begin(at: 1)
        let cursor = log.cursorAtEnd
        log.finish()
        #expect(log.life == .finished)
        #expect(log.backlog(at: cursor) == nil)
        #expect(throws: ChangeLog.Finished.self) { try log.events(at: cursor, limit: 1, byteLimit: 1) }
        #expect(throws: ChangeLog.Finished.self) { try log.text(at: cursor, prefix: "", limit: 1, byteLimit: 1) }
    }

    @Test func textIsOfOneNamespaceAndSkipsWhatWasSeen() throws {
        var log = ChangeLog()
        log.begin(at: 1)
        for (key, revision) in [("a/x", 2), ("b/x", 3), ("a/y", 4)] as [(String, Int64)] {
            try log.append(event(key, revision))
        }
        var cursor = try log.cursor(after: 1)
        cursor.after = 2
        let (text, next) = try log.text(at: cursor, prefix: "a/", limit: 10, byteLimit: .max)
        #expect(text == [UInt8](try event("a/y", 4).line(as: .added)))
        #expect(next == log.cursorAtEnd.sequence)
        // The same place, the same text; another prefix, another text; a limit cuts.
        #expect(try log.text(at: cursor, prefix: "a/", limit: 10, byteLimit: .max).text == text)
        #expect(try log.text(at: cursor, prefix: "c/", limit: 10, byteLimit: .max).text == [])
        #expect(try log.text(at: try log.cursor(after: 1), prefix: "", limit: 1, byteLimit: .max).next == next - 2)
        cursor.sequence = next
        #expect(try log.text(at: cursor, prefix: "a/", limit: 10, byteLimit: .max).text == nil)
    }

    // MARK: Wake-ups

    private typealias Wakes = WakeUps<String, Int>
    private func poll(_ wakes: inout Wakes, _ identity: Int, count: Int, now: Int64, backlog: Int = 100) -> Wakes.Answer
    {
        wakes.poll(identity, until: 1_000_000_000, count: count, backlog: backlog, now: now, identity)
    }

    @Test func newsWakesThoseThatWaitAndThoseThatPollOnce() {
        var wakes = Wakes()
        wakes.wait(1, until: 50, "one")
        #expect(poll(&wakes, 2, count: 0, now: 0) == .taken(asksForRound: false))
        let (waiting, polling, asks) = wakes.news(at: 1)
        #expect(waiting == ["one"] && polling == [2] && !asks)
        let (none, nobody, _) = wakes.news(at: 2)
        #expect(none.isEmpty && nobody.isEmpty)
        #expect(poll(&wakes, 2, count: 3, now: 3) == .lookAtOnce, "few were called, so no round is kept")
    }

    @Test func aLargeRoundIsFollowedByARest() {
        var wakes = Wakes()
        for identity in 0..<100 { #expect(poll(&wakes, identity, count: 0, now: 0) == .taken(asksForRound: false)) }
        #expect(wakes.news(at: 10).polling.count == 100)
        let rest = 100 * Wakes.nanosecondsPerCall
        // While it rests, news makes the next round due, which is asked for once.
        #expect(poll(&wakes, 1, count: 0, now: 20) == .taken(asksForRound: false))
        let (_, early, asks) = wakes.news(at: 30)
        #expect(early.isEmpty && asks && wakes.isDue)
        #expect(poll(&wakes, 2, count: 5, now: 40) == .taken(asksForRound: false))
        #expect(poll(&wakes, 3, count: 500, now: 40) == .lookAtOnce, "a long backlog waits for no round")
        #expect(!wakes.news(at: 50).asksForRound)
        #expect(wakes.takeDue(at: 60).isEmpty && wakes.isDue)
        #expect(Set(wakes.takeDue(at: 10 + rest)) == [1, 2])
        #expect(!wakes.isDue)
    }

    @Test func aDueRoundWithNobodyInItIsOver() {
        var wakes = Wakes()
        for identity in 0..<100 { _ = poll(&wakes, identity, count: 0, now: 0) }
        _ = wakes.news(at: 10)
        #expect(poll(&wakes, 1, count: 5, now: 20) == .taken(asksForRound: true))
        #expect(wakes.take(1).polling == 1)
        #expect(wakes.takeDue(at: 30).isEmpty)
        #expect(!wakes.isDue)
        #expect(poll(&wakes, 1, count: 5, now: 40) == .taken(asksForRound: true), "it rests still")
    }

    @Test func anUpheavalWaitsForNoRest() {
        var wakes = Wakes()
        for identity in 0..<100 { _ = poll(&wakes, identity, count: 0, now: 0) }
        _ = wakes.news(at: 10)
        wakes.wait(5, until: 99, "five")
        #expect(poll(&wakes, 1, count: 0, now: 20) == .taken(asksForRound: false))
        let (waiting, polling) = wakes.upheaval(at: 30)
        #expect(waiting == ["five"] && polling == [1])
    }

    @Test func deadlinesWakeAndAreForgotten() {
        var wakes = Wakes()
        wakes.wait(1, until: 10, "one")
        wakes.wait(2, until: 20, "two")
        _ = wakes.poll(3, until: 10, count: 0, backlog: 1, now: 0, 3)
        let (waiting, polling) = wakes.expire(at: 10)
        #expect(waiting == ["one"] && polling == [3])
        #expect(wakes.take(2).waiting == "two")
        #expect(wakes.expire(at: 100).waiting.isEmpty)
    }

    // MARK: Stored objects

    /// An object of which the maker has the stored form is the one that is read from its bytes.
    @Test(arguments: [
        #"{"apiVersion":"v1","kind":"K","metadata":{"name":"n","labels":{"a":"b"}},"data":[1,"two",{}]}"#,
        #"{"metadata":{"resourceVersion":"3","name":"n"},"kind":"K","apiVersion":"g/v1"}"#,
        #"{"kind":"K","apiVersion":"v1","metadata":{}}"#,
    ]) func anObjectOfItsFormIsTheOneOfItsBytes(_ text: String) throws {
        let form = StoredForm.form(of: try JSON(parsing: text))
        let made = try #require(StoredObject(key: "k", form: form, revision: 1_234))
        let read = try #require(StoredObject(key: "k", stored: form.bytes, revision: 1_234))
        #expect(made.text == read.text && made.json == read.json)
        #expect(made.json["metadata", "resourceVersion"]?.string == "1234")
        #expect(made.deleted(at: 98_765).text == read.deleted(at: 98_765).text)
        #expect(form["metadata", "resourceVersion"] == nil)
    }

    // MARK: Writes not yet fed

    @Test func aWriteIsRememberedUntilTheFeedBringsIt() throws {
        var unfed = UnfedWrites()
        unfed.note("a", try object("a", 5), revision: 5, fed: 4)
        guard case .written(let written)? = unfed.find("a") else {
            Issue.record("what was written is not found")
            return
        }
        #expect(written.revision == 5)
        // The feed takes this very object for the same change, and no other.
        #expect(unfed.written("a", at: 5) === written)
        #expect(unfed.written("a", at: 6) == nil && unfed.written("b", at: 5) == nil)
        unfed.note("a", nil, revision: 7, fed: 4)
        guard case .removed? = unfed.find("a") else {
            Issue.record("what was removed is found")
            return
        }
        #expect(unfed.written("a", at: 7) == nil)
        // Older news of it changes nothing, nor does an older change from the feed.
        unfed.note("a", try object("a", 6), revision: 6, fed: 4)
        unfed.feed("a", revision: 6)
        guard case .removed? = unfed.find("a") else {
            Issue.record("older news won")
            return
        }
        unfed.feed("a", revision: 7)
        #expect(unfed.isEmpty)
        // What the feed has already is not kept; what a load has is forgotten.
        unfed.note("b", nil, revision: 7, fed: 7)
        #expect(unfed.isEmpty)
        unfed.note("b", nil, revision: 9, fed: 7)
        unfed.note("c", nil, revision: 10, fed: 7)
        unfed.load(revision: 9)
        #expect(unfed.find("b") == nil)
        guard case .removed? = unfed.find("c") else {
            Issue.record("a later write was forgotten")
            return
        }
    }
}

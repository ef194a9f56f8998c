import DatabaseTestKit
import MariaDB
import Testing

@testable import Records

@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct UsersTests {
    @Test func aUsersLife() async throws {
        let database = try await TestServer.database()
        let users = Users(database: database, hasher: .init(costLog2: 4))
        // The tutorial makes the table by hand; until then the database has none.
        do {
            _ = try await users.list()
            Issue.record("there should be no table yet")
        } catch { #expect((error as? DatabaseError)?.kind == .missing) }
        try await RecordsSchema.migrate(database)
        let id = try await users.create(name: "Jane ü", email: "jane@example.com", password: "secret")
        #expect(try await users.get(id) == User(id: id, name: "Jane ü", email: "jane@example.com"))
        #expect(try await users.verify(id, password: "secret"))
        #expect(!(try await users.verify(id, password: "Secret")))
        #expect(try await users.update(id, name: "J", email: "j@example.com", password: "new"))
        #expect(try await users.update(id, name: "J", email: "j@example.com", password: "new"))
        #expect(try await users.verify(id, password: "new"))
        #expect(try await users.list() == [User(id: id, name: "J", email: "j@example.com")])
        #expect(try await users.delete(id))
        #expect(!(try await users.delete(id)))
        #expect(!(try await users.update(id, name: "J", email: "e", password: "p")))
        #expect(try await users.get(id) == nil)
        await database.shutdown()
    }

    @Test func hashesAreSaltedAndFitTheColumn() async throws {
        let hasher = PasswordHasher()
        let one = try await hasher.hash("same")
        let two = try await hasher.hash("same")
        #expect(one != two)
        #expect(one.utf8.count <= 255)
        #expect(try await PasswordHasher.verify("same", one))
        #expect(!(try await PasswordHasher.verify("other", one)))
        for text in ["", "secret", "$scrypt$ln=99,r=8,p=5$AAAA$AAAA", "$scrypt$ln=4$$"] {
            #expect(!(try await PasswordHasher.verify("secret", text)))
        }
    }
}

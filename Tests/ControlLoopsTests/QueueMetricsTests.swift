import Basics
import ExpositionTestKit
import LoopTestKit
import PrometheusExport
import TestKit
import Testing

@testable import ControlLoops

@Suite struct QueueMetricsTests {
    private let clock = ManualClock()
    private let registry = PrometheusRegistry()

    private func page() async -> ExpositionParser.Page {
        let page = ExpositionParser.parse(await registry.page())
        #expect(page.problems.isEmpty)
        return page
    }

    private func queue() -> KeyQueue<String> {
        var context = Harness(clock).context
        context.metrics = registry
        return KeyQueue("test", context, concurrency: 1)
    }

    @Test func keysAreCountedFromBeingAddedToBeingFinished() async throws {
        let queue = queue()
        let sampling = queue.sampled()
        let name = ["name": "test"]
        queue.add(["a", "b"])
        queue.add(["a"])
        clock.advance(by: .seconds(2))
        #expect(await queue.next() == "a")
        clock.advance(by: .seconds(3))
        // What is added while it is worked on is an add.
        queue.add(["a"])

        let during = await page()
        #expect(during.value("workqueue_adds_total", name) == 3)
        #expect(during.value("workqueue_depth", name) == 1)
        #expect(during.value("workqueue_queue_duration_seconds_sum", name) == 2)
        #expect(during.value("workqueue_unfinished_work_seconds", name) == 3)
        #expect(during.value("workqueue_longest_running_processor_seconds", name) == 3)
        #expect(during.value("workqueue_work_duration_seconds_count", name) == 0)

        queue.finish("a", Turn(.failed))
        let after = await page()
        #expect(after.value("workqueue_work_duration_seconds_sum", name) == 3)
        #expect(after.value("workqueue_retries_total", name) == 1)
        #expect(after.value("workqueue_unfinished_work_seconds", name) == 0)
        #expect(after.labels(of: "workqueue_queue_duration_seconds") == ["name"])
        #expect(KubernetesMetrics.faults(after, KubernetesMetrics.queues).isEmpty)

        sampling.end()
        let depth = after.value("workqueue_depth", name)
        #expect(await queue.next() != nil)
        #expect(await page().value("workqueue_depth", name) == depth)
    }

    /// A key that comes by itself, after a while, counts as added when it is due.
    @Test func laterKeysCountWhenTheyAreDue() async {
        let queue = queue()
        queue.add(["a"])
        #expect(await queue.next() == "a")
        queue.finish("a", Turn(.idle, again: .seconds(5)))
        #expect(await page().value("workqueue_adds_total", ["name": "test"]) == 1)
        clock.advance(by: .seconds(5))
        #expect(await queue.next() == "a")
        let page = await page()
        #expect(page.value("workqueue_adds_total", ["name": "test"]) == 2)
        #expect(page.value("workqueue_retries_total", ["name": "test"]) == 1)
        #expect(page.value("workqueue_queue_duration_seconds_count", ["name": "test"]) == 2)
    }

    /// A turn that wanted changes of which none had effect is told apart from one that failed.
    @Test func fruitlessTurnsAreCounted() async {
        let queue = queue()
        queue.add(["a"])
        #expect(await queue.next() == "a")
        queue.finish("a", Turn(.fruitless))
        let page = await page()
        #expect(page.value("workqueue_fruitless_turns_total", ["name": "test"]) == 1)
        #expect(page.value("workqueue_retries_total", ["name": "test"]) == 0)
    }
}

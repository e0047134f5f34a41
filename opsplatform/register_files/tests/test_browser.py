"""Export, editing and import in Chromium, wide and narrow, as a person does it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection

from opsplatform.accounts.tests.factories import person
from opsplatform.catalog.models import Material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.console.tests.browsing import chromium, fits, log_in
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running, telling
from opsplatform.register_files.services import importing
from opsplatform.register_files.tests.world import as_csv, lines_of


class Worker:
    """A worker in a thread of its own, which waits in the middle of every file until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._may_go_on = Event()
        self._tell = importing.tell
        monkeypatch.setattr(telling, "SECONDS_BETWEEN", 0)
        monkeypatch.setattr(importing, "tell", self._tell_and_wait)

    @contextmanager
    def in_the_middle(self) -> Iterator[None]:
        """Work that waits has been begun; at the end it is done."""
        self._may_go_on.clear()
        thread = Thread(target=self._work)
        thread.start()
        yield
        self._may_go_on.set()
        thread.join(20)

    def _work(self) -> None:
        for job in Job.objects.open():
            running.run_job(job.pk)
        connection.close()

    def _tell_and_wait(self, done: int, total: int) -> None:
        self._tell(done, total)
        if done:
            assert self._may_go_on.wait(20)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_register_leaves_and_comes_back_edited(
    database_clone: str, live_site: str, tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = person("platform_operator").username
    MaterialFactory.create_batch(3)
    worker = Worker(monkeypatch)
    with chromium() as browser:
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        log_in(page, live_site, username)
        page.goto(f"{live_site}/admin/catalog/material/")
        assert fits(page)
        page.get_by_text("导出导入").click()
        assert page.get_by_role("link", name="导入", exact=True).is_visible()
        page.screenshot(path=tmp_path / "list.png")
        with page.expect_download() as download:
            page.get_by_role("link", name="导出 CSV").click()
        lines = lines_of(download.value.path().read_bytes())
        lines[1][lines[0].index("出具单位")] = "市公安局"
        lines[2][lines[0].index("原件份数")] = "许多"
        (tmp_path / "改过.csv").write_bytes(as_csv(lines))
        page.get_by_role("link", name="导入", exact=True).click()
        assert fits(page)
        page.screenshot(path=tmp_path / "import.png", full_page=True)
        page.set_input_files("#id_file", tmp_path / "改过.csv")
        page.get_by_role("button", name="上传并比较").click()
        page.get_by_text("核对导入文件").first.wait_for()
        with worker.in_the_middle():
            page.get_by_text("1 / 3").first.wait_for()
            assert fits(page)
            page.screenshot(path=tmp_path / "progress.png", full_page=True)
        page.get_by_role("cell", name="应为整数。").wait_for()
        assert fits(page)
        page.screenshot(path=tmp_path / "problems.png", full_page=True)
        assert page.get_by_role("button", name="确认写入").count() == 0
        lines[2][lines[0].index("原件份数")] = "2"
        (tmp_path / "改过.csv").write_bytes(as_csv(lines))
        page.get_by_role("link", name="换一个文件").click()
        page.set_input_files("#id_file", tmp_path / "改过.csv")
        page.get_by_role("button", name="上传并比较").click()
        with worker.in_the_middle():
            page.get_by_text("1 / 3").first.wait_for()
        page.get_by_role("button", name="确认写入").wait_for()
        page.screenshot(path=tmp_path / "changes.png", full_page=True)
        page.get_by_role("button", name="确认写入").click()
        page.goto(f"{live_site}/admin/jobs/job/")
        with worker.in_the_middle():
            page.get_by_text("1 / 3").first.wait_for()
            assert fits(page)
            page.screenshot(path=tmp_path / "work.png", full_page=True)
        page.locator("#result_list").get_by_text("进行中").wait_for(state="detached")
        page.get_by_role("link", name="材料：改过.csv").first.click()
        assert page.get_by_text("写入：新增 0 条，修改 2 条").is_visible()
        page.screenshot(path=tmp_path / "done.png")
    assert Material.objects.filter(issuer="市公安局").count() == 1
    assert Material.objects.filter(original_count=2).count() == 1

from tradepit.tools.report.data_tables import Column, data_table
from tradepit.tools.report.markup import tag

COLUMNS = (Column("name"), Column("size", numeric=True))


def test_a_table_marks_figures_and_escapes_cells() -> None:
    table = data_table("sizes", COLUMNS, [("<a>", "1"), (tag("b", "b"), "2")], 2, search=False)
    assert table == (
        '<div class="tools"><span class="found"></span><span class="note"></span></div>'
        '<div class="scroll"><table id="sizes" class="data">'
        '<thead><tr><th>name</th><th class="n">size</th></tr></thead>'
        '<tbody><tr><td>&lt;a&gt;</td><td class="n">1</td></tr>'
        '<tr><td><b>b</b></td><td class="n">2</td></tr></tbody></table></div>'
    )


def test_a_table_that_was_cut_says_so_and_a_long_one_can_be_searched() -> None:
    table = data_table("sizes", COLUMNS, [("a", "1")], 50_000)
    assert "The first 1 of 50,000 are here." in table
    assert '<input type="search"' in table

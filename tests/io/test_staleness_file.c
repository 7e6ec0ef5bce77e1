/* test_staleness_file.c - staleness.csv: rows, and what a resume takes back. */
#include "io/folder.h"

#include "io/replace.h"
#include "io/staleness_file.h"

#include <math.h>

#define HEADER "step,block,item,lag,rho,cosine,norm_ratio\n"

static sidle_status open_at(int64_t step, sidle_staleness_file **file_p)
{
    sidle_dir *dir = sidle_dir_open(check_folder);
    sidle_status status = sidle_staleness_file_open(dir, step, file_p);

    sidle_dir_close(dir);
    return status;
}

static void write_file(const char *text)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    assert_int_equal(
        sidle_replace_file(dir, "staleness.csv", text, strlen(text)), SIDLE_OK);
    sidle_dir_close(dir);
}

TEST_IN_FOLDER(a_row_a_block_and_an_unknown_figure_is_empty)
{
    const sidle_staleness_row rows[2] = {{8, 1, 2, 6, (double)NAN, 0.25, 1.5},
                                         {8, 2, 8, 0, 0.0, 1.0, 1.0}};
    sidle_staleness_file *file;

    assert_int_equal(open_at(0, &file), SIDLE_OK);
    check_file_is("staleness.csv", HEADER);
    assert_int_equal(sidle_staleness_file_append(file, rows, 2), SIDLE_OK);
    check_file_is("staleness.csv", HEADER "8,1,2,6,,0.25,1.5\n8,2,8,0,0,1,1\n");
    sidle_staleness_file_close(file);
    sidle_staleness_file_close(NULL);
}

TEST_IN_FOLDER(a_block_without_a_gradient_yet_has_empty_cells)
{
    const sidle_staleness_row row = {4,           1,           0,          0,
                                     (double)NAN, (double)NAN, (double)NAN};
    sidle_staleness_file *file;

    assert_int_equal(open_at(0, &file), SIDLE_OK);
    assert_int_equal(sidle_staleness_file_append(file, &row, 1), SIDLE_OK);
    check_file_is("staleness.csv", HEADER "4,1,,,,,\n");
    sidle_staleness_file_close(file);
}

/* Figures are taken before a save at the same item. */
TEST_IN_FOLDER(a_resume_removes_what_comes_behind_and_what_is_cut_off)
{
    sidle_staleness_file *file;

    write_file(HEADER "8,1,8,0,,1,1\n16,1,16,0,,1,1\n24,1,24,0,,1,1\n");
    assert_int_equal(open_at(16, &file), SIDLE_OK);
    sidle_staleness_file_close(file);
    check_file_is("staleness.csv", HEADER "8,1,8,0,,1,1\n16,1,16,0,,1,1\n");
    write_file(HEADER "8,1,8,0,,1,1\n16,1");
    assert_int_equal(open_at(16, &file), SIDLE_OK);
    sidle_staleness_file_close(file);
    check_file_is("staleness.csv", HEADER "8,1,8,0,,1,1\n");
}

TEST_IN_FOLDER(a_foreign_table_is_refused)
{
    sidle_staleness_file *file;

    write_file("a,b\n1,2\n");
    assert_int_equal(open_at(16, &file), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "staleness.csv: has other"));
    check_file_is("staleness.csv", "a,b\n1,2\n");
}

TEST_MAIN

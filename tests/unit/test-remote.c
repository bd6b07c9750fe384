/* Tests of source/files/disk/remote. */
#include "config.h"

#include "test.h"

#include <linux/magic.h>

#include "source/files/disk/remote.h"

static void file_systems_that_others_write_are_remote(void **state)
{
	static const uint32_t types[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xFF534D42, 0xFE534D42,
		FUSE_SUPER_MAGIC, V9FS_MAGIC, AFS_SUPER_MAGIC, 0x00C36400, CODA_SUPER_MAGIC };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		assert_true(remote_is_type(types[i]));
}

static void file_systems_of_this_machine_are_not(void **state)
{
	static const uint32_t types[] = { EXT4_SUPER_MAGIC, 0x58465342 /* XFS */, BTRFS_SUPER_MAGIC,
		TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC, PROC_SUPER_MAGIC, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		assert_false(remote_is_type(types[i]));
}

static void paths_are_asked(void **state)
{
	(void)state;
	assert_false(remote_is_path("/proc/self"));
	assert_false(remote_is_path("/nonexistent/because"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_systems_that_others_write_are_remote),
		cmocka_unit_test(file_systems_of_this_machine_are_not),
		cmocka_unit_test(paths_are_asked),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}

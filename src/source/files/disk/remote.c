/* The numbers are those of linux/magic.h, and of file systems outside of the kernel's tree. */
#include "config.h"

#include "source/files/disk/remote.h"

#include <stddef.h>
#include <sys/vfs.h>

enum { OVERLAY = 0x794C7630 };

static const uint32_t types[] = {
	0x6969,     /* NFS */
	0x517B,     /* SMB */
	0xFF534D42, /* CIFS */
	0xFE534D42, /* SMB2 */
	0x65735546, /* FUSE, with sshfs, GlusterFS, virtiofs and many more */
	0x01021997, /* 9P */
	0x5346414F, /* AFS */
	0x6B414653, /* kAFS */
	0x00C36400, /* Ceph */
	0x73757245, /* Coda */
	0x564C,     /* NCP */
	0x7461636F, /* OCFS2: shared disks, written by several machines */
	0x01161970, /* GFS2 */
	0x0BD00BD0, /* Lustre */
	0x47504653, /* GPFS */
	0x19830326, /* BeeGFS */
	0xAAD7AAEA, /* PanFS */
	0x61636673, /* ACFS */
	0x013111A8, /* IBRIX */
	0xBACBACBC, /* VMware's folders of the host */
	0x786F4256, /* VirtualBox's */
	0x7C7C6673, /* Parallels' */
};

bool remote_is_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

bool remote_is_path(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && remote_is_type((uint32_t)status.f_type);
}

bool remote_is_overlay(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && (uint32_t)status.f_type == OVERLAY;
}

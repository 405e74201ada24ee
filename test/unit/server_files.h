/* What tests see of the temporary files in server_files.c */
#ifndef UNIT_SERVER_FILES_H
#define UNIT_SERVER_FILES_H

#include "utils/resowner.h"

extern int	open_buffiles;
extern int64 buffile_length;	/* of the longest file so far */
extern void release_owner(ResourceOwner owner);

#endif							/* UNIT_SERVER_FILES_H */

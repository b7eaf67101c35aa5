#include <assert.h>
#include <stdio.h>
int main(int c, char **v){ (void)v; puts("indexing"); fflush(stdout); assert(c > 9 && "index is complete"); return 0; }

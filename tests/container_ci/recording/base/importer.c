#include <stdio.h>
int main(void){ puts("starting importer"); fflush(stdout); int *p = 0; *p = 1; return 0; }
